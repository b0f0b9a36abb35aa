"""A network, its groups and its layers: one tree of dotted names, a `part` of which has every
quantity that all of it has.

`folding` makes of the tree the rows that people read; `drawing` is the way up to its pictures.
"""
