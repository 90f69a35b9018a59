"""What a JSON schema cannot say, and the document therefore says in words."""

import schemathesis


@schemathesis.hook
def filter_case(context, case):
    """A seat is taken once, a body names the id of its path, an id of a tournament is 200 bytes and not blank."""
    body = case.body if isinstance(case.body, dict) else {}
    players = body.get("players")
    seats = [one.get("seat") for one in players if isinstance(one, dict)] if isinstance(players, list) else []
    # 1, 1.0 and true are equal to Python, and only the first two are to the server.
    seats = [float(seat) for seat in seats if isinstance(seat, (int, float)) and not isinstance(seat, bool)]
    if len(seats) != len(set(seats)):
        return False
    path_id = str((case.path_parameters or {}).get("id", "x"))
    if "tournaments" in case.operation.path:
        return bool(path_id.strip()) and len(path_id.encode("utf-8", "surrogatepass")) <= 200
    return case.method != "PUT" or body.get("id") in (None, path_id)
