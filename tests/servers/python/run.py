"""Run the tests of the binding, a line for each, and ask the ledger at last."""

import os
import sys
import unittest

import ledger

# Before the tests take any function by its name.
ledger.watch()

FILES = ("mechanisms", "names", "credentials", "contexts", "messages",
         "transfer", "high_level", "refusals")


class Lines(unittest.TestResult):
    """A line on standard output for each test: what is true, or is not."""

    count = 0

    def line(self, word, text):
        self.count += 1
        print("%s %d - %s" % (word, self.count, text), flush=True)

    def addSuccess(self, test):
        self.line("ok", test.shortDescription())

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.line("not ok", test.shortDescription())
        for line in self._exc_info_to_string(error, test).splitlines():
            print("# " + line)

    addError = addFailure


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    suite = unittest.TestSuite(
        unittest.defaultTestLoader.discover(here, name + "_calls.py")
        for name in FILES)
    result = Lines()
    suite.run(result)
    import refusals_calls
    wrong = list(ledger.complaints(refusals_calls.REFUSING))
    result.line("not ok" if wrong else "ok",
                "all %d functions of the binding were called, and did what "
                "they should" % len(ledger.known))
    for sentence in wrong:
        print("# " + sentence)
    print("1..%d" % result.count)
    sys.exit(0 if result.wasSuccessful() and not wrong else 1)


if __name__ == "__main__":
    main()
