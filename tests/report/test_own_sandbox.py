"""What a template of a user's can do at worst: nothing outside its section, and nothing without end."""

from __future__ import annotations

import pytest
from jinja2 import DictLoader
from jinja2.exceptions import SecurityError, TemplateError

from auditor.report.own.sandbox import OwnEnvironment, TooMuch
from auditor.report.view import TableView, columns

VIEW = TableView("A caption", columns("Name", "#Value"), (("x", "1"),))
DOUBLING = (
    "{% set n = namespace(t=(1,), u=(1,)) %}"
    "{% for i in range(60) %}{% set n.t = (n.t, n.t) %}{% set n.u = (n.u, n.u) %}{% endfor %}"
)


def made(source: str, **more: str) -> str:
    jinja = OwnEnvironment(loader=DictLoader({"own": source, **more}), autoescape=True, trim_blocks=True)
    return jinja.get_template("own").render(view=VIEW, words={"a": "b"})


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ 1 + 2 }} {{ 'a' ~ 'b' ~ 3 }} {{ 2 * 3 }}", "3 ab3 6"),
        ("{% for i in range(3) %}{{ loop.index }}{{ i }}{% endfor %}", "102132"),
        ("{% for a, b in words | dictsort %}{{ a }}{{ b | upper }}{% else %}-{% endfor %}", "aB"),
        (
            "{{ view.caption }} {{ view.columns[1].name }} {{ view.note }}{{ view.columns[:1] | length }}",
            "A caption Value 1",
        ),
        ("{{ view.columns | selectattr('number') | map(attribute='name') | join(', ') }}", "Value"),
        ("{{ view.columns | selectattr('name', 'equalto', 'Name') | list | length }}", "1"),
        ("{{ view.caption.partition(' ')[2] }}{{ 'x' in 'xy' }}{{ 1 < 2 < 3 }}", "captionTrueTrue"),
        ("{% set all %}<b>{{ view.caption }}</b>{% endset %}{{ all }}", "<b>A caption</b>"),
        ("{% macro twice(x) %}{{ x }}{{ x }}{% endmacro %}{{ twice('<') }}", "&lt;&lt;"),
        ("{{ '<i>' ~ view.caption }}", "&lt;i&gt;A caption"),
    ],
)
def test_a_harmless_template_does_what_jinja_does(source: str, expected: str) -> None:
    assert made(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__ }}",
        "{{ view.__class__.__init__.__globals__ }}",
        "{{ view['__class__'] }}",
        "{{ view.__dict__ }}",
        "{{ self.__init__ }}",
        "{{ namespace.__init__ }}",
        "{{ range.__func__ }}",
        "{{ [view] | map(attribute='__class__') | join }}",
        "{{ words.update({'a': 1}) }}",
        "{{ [].append(1) }}",
        "{{ '{:1000000000}'.format(1) }}",
        "{{ 'a'.replace('', 'b') }}",
        "{{ 'a'.encode() }}",
        "{{ view.caption.zfill(1000000000) }}",
        "{{ (1).real }}",
    ],
)
def test_what_is_not_listed_cannot_be_reached(source: str) -> None:
    with pytest.raises(SecurityError):
        made(source)


@pytest.mark.parametrize(
    "source",
    [
        "{{ '<b>' | safe }}", "{{ '' | attr('__class__') }}", "{{ 'x' | center(1000000000) }}", "{{ view | pprint }}",
        "{{ lipsum() }}", "{{ cycler }}", "{% include '/etc/passwd' %}", "{% include '../own' %}", "{% import 'os' as os %}",
    ],
)  # fmt: skip
def test_no_way_leads_to_files_or_past_the_escaping(source: str) -> None:
    with pytest.raises(TemplateError):
        made(source)


@pytest.mark.parametrize(
    "source",
    [
        "{% for i in range(1000000000) %}{% endfor %}",
        "{% for i in range(9999) %}{% for j in range(9999) %}{{ j }}{% endfor %}{% endfor %}",
        "{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}",
        "{% set n = namespace(x='aaaa') %}{% for i in range(60) %}{% set n.x = n.x ~ n.x %}{% endfor %}",
        "{% set n = namespace(x='aaaa') %}{% for i in range(60) %}{% set n.x = n.x + n.x %}{% endfor %}",
        "{% set n = namespace(x='aa') %}{% for i in range(60) %}{% set n.x %}{{ n.x }}{{ n.x }}{% endset %}{% endfor %}",
        "{% set n = namespace(x=[1]) %}{% for i in range(60) %}{% set n.x = n.x + n.x %}{% endfor %}",
        "{% set n = namespace(x=9) %}{% for i in range(600) %}{% set n.x = n.x * n.x %}{% endfor %}",
        "{% macro f(x) %}{{ x }}{{ x }}{% endmacro %}{% set n = namespace(x='aa') %}"
        "{% for i in range(60) %}{% set n.x = f(n.x) %}{% endfor %}",
        "{{ 'a' * 10000000000 }}", "{{ [1] * 10000000000 }}", "{{ 10 ** 10 ** 10 }}", "{{ '%1000000000d' % 1 }}",
        "{% set big = 'a' * 9999 %}{{ ([big] * 9999) | join | length }}",
        DOUBLING + "{{ n.t == n.u }}", DOUBLING + "{{ n.t is eq(n.u) }}", DOUBLING + "{{ words[n.t] }}",
        DOUBLING + "{{ {n.t: 1} | length }}", DOUBLING + "{{ [n.t] | select('equalto', n.u) | list | length }}",
        DOUBLING + "{{ [n.t, n.u] | unique | list | length }}", DOUBLING + "{{ words.get(n.t) }}",
    ],
)  # fmt: skip
def test_what_grows_or_runs_without_end_is_stopped(source: str) -> None:
    with pytest.raises(TooMuch):
        made(source)


@pytest.mark.parametrize(
    "source",
    [
        "{% include 'own' %}",
        "{% macro f() %}{{ f() }}{{ f() }}{% endmacro %}{{ f() }}",
        "{% block a %}{{ self.a() }}{% endblock %}",
    ],
)
def test_a_template_that_calls_itself_comes_to_an_end(source: str) -> None:
    with pytest.raises((RecursionError, TooMuch)):
        made(source)


def test_many_includes_that_double_are_counted() -> None:
    parts = {f"p{k}": f"{{% include 'p{k + 1}' %}}" * 2 for k in range(40)}
    with pytest.raises(TooMuch):
        made("{% include 'p0' %}", **parts, p40="x")


@pytest.mark.parametrize("source", ["{{ view }}", "{{ view.rows }}", "{{ words }}"])
def test_only_texts_and_numbers_are_printed(source: str) -> None:
    with pytest.raises(TypeError, match="cannot be printed"):
        made(source)


def test_an_unknown_field_names_the_nearest_one() -> None:
    with pytest.raises(TemplateError, match="`captoin` is not a field of TableView: did you mean `caption`"):
        made("{{ view.captoin }}")
