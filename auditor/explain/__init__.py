"""Attribution methods, one file each: the file name is the method's name, METHOD its class. `_context`: what they use."""
