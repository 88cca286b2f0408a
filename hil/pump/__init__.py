"""The host end of the serial link: requests, answers, keys, and a therapy as text."""
