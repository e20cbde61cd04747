"""The type checker of the test suite: beartype, for which a whole number is a float too, as it is for Python."""

from beartype import BeartypeConf, beartype

check = beartype(conf=BeartypeConf(is_pep484_tower=True))
