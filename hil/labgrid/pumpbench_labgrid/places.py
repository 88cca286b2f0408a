"""`pumpbench-labgrid places` and `pumpbench-labgrid bench PLACE`: what the coordinator knows, as JSON for pumpbench.

The coordinator is that of LG_COORDINATOR, as for labgrid-client.
"""

from __future__ import annotations

import argparse
import json
import os
import sys

from labgrid.remote.client import Error, start_session

_COORDINATOR = "127.0.0.1:20408"


def main() -> None:
    """Entry point. Exit code 0, or 1 with one line on standard error."""
    parser = argparse.ArgumentParser(prog="pumpbench-labgrid", description=__doc__)
    commands = parser.add_subparsers(dest="do", required=True)
    commands.add_parser("places", help="name, who has it, tags of each place")
    commands.add_parser("bench", help="URLs of the pump and the rig of a place that is acquired").add_argument("place")
    arguments = parser.parse_args()
    try:
        print(json.dumps(_asked(arguments)))
    except (Error, OSError, LookupError) as error:
        sys.exit(f"pumpbench-labgrid: {error}")


def _asked(arguments):
    session = start_session(os.environ.get("LG_COORDINATOR", _COORDINATOR))
    try:
        if arguments.do == "places":
            return [
                {"name": name, "acquired": place.acquired or "", "tags": dict(place.tags)}
                for name, place in sorted(session.places.items())
            ]
        return _bench(session, arguments.place)
    finally:
        session.loop.run_until_complete(session.stop())


def _bench(session, name):
    """The resources named `pump` and `rig`; LookupError without a pump."""
    found = {"pump": "", "rig": ""}
    for (resource, cls), entry in session.get_target_resources(session.get_place(name)).items():
        if resource in found and cls == "NetworkSerialPort":
            found[resource] = _url(entry.args)
    if not found["pump"]:
        raise LookupError(f"{name}: no NetworkSerialPort named pump among its resources")
    return found


def _url(port):
    scheme = "socket" if port.get("protocol") == "raw" else "rfc2217"
    return f"{scheme}://{port['host']}:{port['port']}"


if __name__ == "__main__":
    main()
