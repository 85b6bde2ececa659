package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"regexp"
	"strings"
)

// verdict is how a test ended on an engine.
type verdict int

const (
	passed verdict = iota + 1
	cannot         // it was skipped: the engine, or this computer, lacks what it needs
	failed
)

// test is one that has no parts of its own. Its package is without the module's name.
type test struct{ pkg, name string }

// outcome is what a test came to, and why it was skipped.
type outcome struct {
	verdict verdict
	reason  string
}

// event is a line of `go test -json`.
type event struct {
	Action, Package, Test, Output, Key, Value string
}

// read gives the outcome of all tests that asked for the engine at host. A package that did not even come to its tests is
// one failed test without a name.
func read(r io.Reader, host string) (map[test]outcome, error) {
	asked := map[test]bool{}
	ended := map[test]outcome{}
	said := map[test]string{} // what a test wrote last
	parent := map[test]bool{}
	private := map[test]bool{} // it wants an engine of its own, which is another
	decoder := json.NewDecoder(r)
	for {
		var e event
		if err := decoder.Decode(&e); err == io.EOF {
			break
		} else if err != nil {
			return nil, fmt.Errorf("read the results: %w", err)
		}
		one := test{strings.TrimPrefix(e.Package, "berth/"), e.Test}
		switch e.Action {
		case "run":
			for up := one.up(); up.name != ""; up = up.up() {
				parent[up] = true
			}
		case "attr":
			asked[one] = asked[one] || e.Key == "engine" && e.Value == host
			private[one] = private[one] || e.Key == "engine" && e.Value == "private"
		case "output":
			if text := skipped.FindStringSubmatch(e.Output); text != nil && !strings.HasPrefix(text[1], "time=") { // no line of Berth's log
				said[one] = text[1]
			}
		case "pass":
			ended[one] = outcome{verdict: passed}
		case "skip":
			ended[one] = outcome{verdict: cannot, reason: said[one]}
		case "fail":
			ended[one] = outcome{verdict: failed}
		}
	}
	maps.DeleteFunc(ended, func(one test, o outcome) bool { return o.verdict == cannot && private[one] })
	return about(asked, ended, parent), nil
}

// skipped is the line in which a test says why it is skipped: "    pull_test.go:12: needs this".
var skipped = regexp.MustCompile(`^\s+\S+\.go:\d+: (.+)\n$`)

func (t test) up() test {
	i := strings.LastIndexByte(t.name, '/')
	return test{t.pkg, t.name[:max(i, 0)]}
}

// about keeps the tests that asked for the engine, themselves or by the one they are a part of. Of one that has parts only
// the parts count, but where it failed and none of them did.
func about(asked map[test]bool, ended map[test]outcome, parent map[test]bool) map[test]outcome {
	blamed := map[test]bool{} // a part of it failed
	for one, o := range ended {
		if o.verdict == failed {
			for up := one; up.name != ""; {
				up = up.up()
				blamed[up] = true
			}
		}
	}
	got := map[test]outcome{}
	for one, o := range ended {
		if one.name == "" { // the package
			if o.verdict == failed && !blamed[one] {
				got[one] = o
			}
			continue
		}
		relevant := false
		for up := one; up.name != ""; up = up.up() {
			relevant = relevant || asked[up]
		}
		if parent[one] && (o.verdict != failed || blamed[one]) || !relevant && o.verdict != failed {
			continue
		}
		row := test{one.pkg, plain(one.name)}
		if got[row].verdict < o.verdict { // two of one name: the worse
			got[row] = o
		}
	}
	return got
}

// product is the part of a test's name that says on which product it runs: what the column says already.
var product = regexp.MustCompile(`(/|,_)([Dd]ocker|[Pp]odman)(/|$)`)

// plain is a test's name without the product, so that one test has one row.
func plain(name string) string { return product.ReplaceAllString(name, "$3") }
