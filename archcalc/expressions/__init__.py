"""The arithmetic that users write: `parsing` makes an `expression` of it, which has a value where
its names have; `functions` are what it computes with."""
