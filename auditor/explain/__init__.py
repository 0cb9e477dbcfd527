"""Attribution methods, one file each: the file name is the method's name, its METHOD the class. `_context` is what they may use."""
