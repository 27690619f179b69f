"""How long one item waits: from the end of submit to its plugin, from its end to wait's return."""

import json
import statistics
import threading

from measure import Group, Row, Sample
from place import Place

STARTS = 100
WAITS = 10
NAP_MS = 150  # so that wait is there before the end


class Latency(Group):
    rows = (
        Row("start", "end of submit to start of the plugin, one item", "ms", 5, False, True),
        Row("wait", "end of a batch to the return of wait", "ms", 100, False, True),
    )

    def prepare(self):
        self.place = Place(self.programs, "latency")
        self.place.start()

    def close(self):
        self.place.close()

    def started(self):
        words = ("--step", "probe:stamp=true", "--args", "one")
        submitted, _ = self.place.job(*words)
        output = self.place.ask("SELECT output FROM result ORDER BY id DESC LIMIT 1")
        return (json.loads(output)["value"] / 1e9 - submitted.end) * 1e3

    def waited(self):
        place = self.place
        words = ("--step", f"probe-alone:nap_ms={NAP_MS}", "--args", "one")
        name = place.run("batchctl", "submit", *words, keep=True).out.split()[0]
        runs = []
        waiting = threading.Thread(
            target=lambda: runs.append(place.run("batchctl", "wait", "--quiet", name))
        )
        waiting.start()
        end = place.end_of_last()
        waiting.join()
        return (runs[0].end - end) * 1e3

    def round(self):
        starts = sorted(self.started() for _ in range(STARTS))
        waits = sorted(self.waited() for _ in range(WAITS))
        return {
            "start": Sample(statistics.median(starts), note=f"p99 {starts[STARTS * 99 // 100]:.1f} ms"),
            "wait": Sample(waits[-1], note=f"worst of {WAITS}; median {statistics.median(waits):.0f} ms"),
        }
