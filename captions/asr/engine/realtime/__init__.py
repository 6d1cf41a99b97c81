"""Engines that speak the Realtime API with a service elsewhere: sound goes as it comes, text comes as it is heard."""
