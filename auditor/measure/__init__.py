"""Tables to results with uncertainty. NumPy, SciPy and Arrow only.

A measure is a file here with `NAMES` (the results it makes), `READS` (the tables it needs) and
`measure(study) -> Iterator[Result]`; the file name is its name. `measure_all` runs them in alphabetical order.
"""

from auditor.measure._all import Measured, known_names, measure_all
from auditor.measure._examples import Example

__all__ = ["Example", "Measured", "known_names", "measure_all"]
