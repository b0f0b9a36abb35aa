"""A network, its groups and its layers: one tree of dotted names, a `part` of which has every
quantity that all of it has.

`conditions` says what its figures hold for, `checks` refuses networks for functions that cannot
take them, `resized` says which layers have other parameters at another input; `folding` makes of
the tree the rows that people read, and `drawing` is the way up to its pictures.
"""
