"""The truth: typed models, migrations, sessions and the embedded servers."""
