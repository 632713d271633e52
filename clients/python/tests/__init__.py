"""Tests of the client, against a real server: HEADWATER_URL names it."""
