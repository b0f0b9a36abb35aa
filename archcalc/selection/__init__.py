"""Several networks at once: `selected` says which are meant, `networks` builds them."""
