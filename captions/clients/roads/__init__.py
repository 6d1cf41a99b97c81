"""How a file of a client is heard, in whichever dialect it came: little sound takes a short road, much a long one."""
