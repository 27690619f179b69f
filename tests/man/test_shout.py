#!/usr/bin/python3
"""The example of batch-plugin(7) does what the page says of it."""
import json
import pathlib
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHOUT = ROOT / "man/examples/shout"


def frames(*given):
    """What shout answers to these frames, until it has left."""
    text = "".join(json.dumps(frame) + "\n" for frame in given)
    run = subprocess.run([SHOUT], input=text, capture_output=True, text=True, timeout=20,
                         check=True)
    return [json.loads(line) for line in run.stdout.splitlines()]


INIT = {"type": "init", "protocol": 1, "options": {"column": "name"}, "jail": "required"}


class Shout(unittest.TestCase):
    def test_it_is_short_and_stands_in_the_page(self):
        self.assertLessEqual(len(SHOUT.read_text().splitlines()), 30)
        self.assertIn("include::examples/shout[]", (ROOT / "man/batch-plugin.7.adoc").read_text())

    def test_it_describes_itself(self):
        run = subprocess.run([SHOUT, "--describe"], capture_output=True, timeout=20, check=True)
        manifest = json.loads(run.stdout)
        self.assertEqual((manifest["protocol"], manifest["name"]), (1, SHOUT.name))
        self.assertEqual(manifest["options"]["required"], ["column"])

    def test_it_makes_a_column_upper_case(self):
        answers = frames(INIT, {"type": "item", "id": 7, "row": {"name": "Jürgen"}})
        self.assertEqual(answers, [{"type": "ready"},
                                   {"type": "result", "id": 7, "value": "JÜRGEN"}])

    def test_a_row_without_the_column_fails_alone(self):
        answers = frames(INIT, {"type": "item", "id": 1, "row": {"x": "a"}},
                         {"type": "item", "id": 2, "row": {"name": "b"}})
        self.assertEqual([(a.get("class"), a.get("value")) for a in answers[1:]],
                         [("permanent", None), (None, "B")])

    def test_it_answers_ping_and_ignores_what_it_does_not_know(self):
        self.assertEqual(frames(INIT, {"type": "news"}, {"type": "ping"})[1:], [{"type": "pong"}])

    def test_it_leaves_at_the_end_of_input(self):
        self.assertEqual(frames(), [])


if __name__ == "__main__":
    unittest.main()
