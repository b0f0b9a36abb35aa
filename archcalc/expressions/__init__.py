"""The arithmetic that users write: `expression` reads and evaluates it, `functions` is what it
computes with."""
