package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"berth/engine/enginetest/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

const host = "unix:///engine.sock"

// lines are of `go test -json`; each is "action test [text]", of one package.
func lines(of ...string) string {
	var out strings.Builder
	for _, line := range of {
		part := append(strings.SplitN(line, " ", 3), "", "")
		action, name, text := part[0], part[1], part[2]
		out.WriteString(`{"Action":"` + action + `","Package":"berth/engine/x","Test":"` + name + `"`)
		switch action {
		case "attr":
			out.WriteString(`,"Key":"engine","Value":"` + text + `"`)
		case "output":
			out.WriteString(`,"Output":"    x_test.go:7: ` + text + `\n"`)
		}
		out.WriteString("}\n")
	}
	return out.String()
}

func TestOnlyTestsThatAskedForTheEngineCount(t *testing.T) {
	for name, tt := range map[string]struct {
		lines []string
		want  map[string]string // name and cell
	}{
		"one that asked, one that did not, one that asked for another": {
			[]string{"run TestA", "attr TestA " + host, "pass TestA", "run TestB", "pass TestB", "run TestC", "attr TestC unix:///other.sock", "pass TestC"},
			map[string]string{"TestA": "pass"},
		},
		"parts count for the whole, without the product's name": {
			[]string{"run TestA", "attr TestA " + host, "run TestA/Docker", "pass TestA/Docker", "run TestA/hardened,_Podman", "pass TestA/hardened,_Podman", "pass TestA"},
			map[string]string{"TestA": "pass", "TestA/hardened": "pass"},
		},
		"a part that asked for itself": {
			[]string{"run TestA", "run TestA/Docker", "attr TestA/Docker " + host, "pass TestA/Docker", "run TestA/rest", "pass TestA/rest", "pass TestA"},
			map[string]string{"TestA": "pass"},
		},
		"a skipped one has its reason": {
			[]string{"run TestA", "attr TestA " + host, "output TestA the engine has no such thing", "output TestA time=12:00 level=INFO", "skip TestA"},
			map[string]string{"TestA": "cannot: the engine has no such thing"},
		},
		"one that wants an engine of its own too": {
			[]string{"run TestA", "attr TestA " + host, "attr TestA private", "output TestA why", "skip TestA", "run TestB", "attr TestB " + host, "pass TestB"},
			map[string]string{"TestB": "pass"},
		},
		"a failed part is told once": {
			[]string{"run TestA", "attr TestA " + host, "run TestA/x", "fail TestA/x", "run TestA/y", "pass TestA/y", "fail TestA", "fail "},
			map[string]string{"TestA/x": "fail", "TestA/y": "pass"},
		},
		"a whole that fails although its parts pass": {
			[]string{"run TestA", "attr TestA " + host, "run TestA/x", "pass TestA/x", "fail TestA", "fail "},
			map[string]string{"TestA": "fail", "TestA/x": "pass"},
		},
		"a failure that never came to ask for the engine": {
			[]string{"run TestA", "fail TestA", "fail "},
			map[string]string{"TestA": "fail"},
		},
		"of two that are one without the product's name, the worse": {
			[]string{"run TestA", "attr TestA " + host, "run TestA/x", "pass TestA/x", "run TestA/x,_Podman", "output TestA/x,_Podman why", "skip TestA/x,_Podman", "pass TestA"},
			map[string]string{"TestA/x": "cannot: why"},
		},
		"a package that does not compile": {
			[]string{"fail "},
			map[string]string{"": "fail"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := read(strings.NewReader(lines(tt.lines...)), host)
			if err != nil {
				t.Fatal(err)
			}
			for name, want := range tt.want {
				if cell := got[test{"engine/x", name}].String(); cell != want {
					t.Errorf("%s is %q, want %q", name, cell, want)
				}
			}
			if len(got) != len(tt.want) {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestTheRowsOfAnEngineTakeThePlaceOfItsOldOnesAndAFailureIsOne(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := "|" + host + "|" + write("good", lines("run TestA", "attr TestA "+host, "pass TestA", "run TestB", "attr TestB "+host, "output TestB a|b", "skip TestB"))
	bad := "|" + host + "|" + write("bad", lines("run TestA", "attr TestA "+host, "fail TestA", "fail "))
	page := write("page.md", "before\n"+begin+"\nNothing yet.\n\n"+end+"after\n")
	want := func(tables string) {
		t.Helper()
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		if want := "before\n" + begin + "\n" + tables + "\n" + end + "after\n"; string(text) != want {
			t.Errorf("the page is\n%s\nwant\n%s", text, want)
		}
	}
	if err := run(page, "0.1", []string{"two|Two 1" + good}); err != nil {
		t.Fatal(err)
	}
	want(heads[0] + "| two | Two 1 | `engine/x` | 1 | 1 | 0 | 0.1 |\n\n" + heads[1] + "| two | `engine/x` TestB | cannot: a\\|b |\n")
	if err := run(page, "0.2", []string{"one|One 1" + bad}); err == nil {
		t.Error("a failed test is no failure")
	}
	if err := run(page, "0.3", []string{"two|Two 2" + bad}); err == nil {
		t.Error("a failed test is no failure")
	}
	want(heads[0] + "| one | One 1 | `engine/x` | 0 | 0 | 1 | 0.2 |\n| two | Two 2 | `engine/x` | 0 | 0 | 1 | 0.3 |\n\n" +
		heads[1] + "| one | `engine/x` TestA | fail |\n| two | `engine/x` TestA | fail |\n")
	if err := run("", "", []string{"one|One|unix:///other.sock|" + write("none", lines("run TestA", "attr TestA "+host, "pass TestA"))}); err == nil {
		t.Error("an engine without a test is no failure")
	}
	if err := run(write("other.md", "nothing"), "", []string{"one|One" + good}); err == nil {
		t.Error("a page without a place is no failure")
	}
}
