"""A person's own actions: the list of them, tried and changed on its pages, and the yes to one that asks."""
