"""The shapes of requests and answers, a module a family; `register` has what all are made of, areas and facilities."""
