"""Closed forms: numbers of a network as exact polynomials of the names that stay open.

`polynomial` is the form itself, `number` what formulas compute with, `domain` where a form holds
and under which `condition`, `summing` what copies that differ come to, `writing` how it is written,
with the products that `factoring` finds.
"""
