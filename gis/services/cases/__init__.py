"""Cases against facilities: `records` opens and reads them, `steps` and `reply` take them on, `clocks` say when."""
