"""HTTP: routes, parameters, one format of errors, and the few pages that are no map. No rule of the domain."""
