"""The host side: scenarios, oracle, runner, client, reports. It reaches a pump through `hil.targets` only."""
