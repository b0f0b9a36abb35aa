"""Several networks at once: `selected` says which are meant, `networks` builds them, and
`distinct_names` tells apart those of one name."""
