"""Which premises to visit: those that are `due`, by `ranking`, by lot (`draws`), or where findings form `clusters`."""
