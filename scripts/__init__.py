"""Tools beside the program: importers, measurements, the local WeChat platform."""
