package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// The lines of docs/deaths.md between which the table is, and its head.
const (
	deathsBegin = "<!-- made by make test-deaths -->\n"
	deathsEnd   = "<!-- end of what make test-deaths made -->\n"
	deathsHead  = "| Operation | Dies | Steps | Deaths | Ends old | Ends new | Wrong | Berth |\n|---|---|---|---|---|---|---|---|\n"
)

// deathCount is what all deaths of an operation came to.
type deathCount struct {
	operation, dies    string
	steps              int // what it asks the engine, or the keyring, to change
	old, fresh, failed int // how many ended in the old state, in the new one, and otherwise
}

// count runs one death as a test of its own, that gives the state it ends in.
func (c *deathCount) count(t *testing.T, name string, die func(t *testing.T) (ends string)) {
	t.Helper()
	ends := ""
	good := t.Run(name, func(t *testing.T) { ends = die(t) })
	switch {
	case !good:
		c.failed++
	case ends == oldOr(true):
		c.fresh++
	case ends == oldOr(false):
		c.old++
	} // else -run left it out
}

// row is its row of the table.
func (c *deathCount) row(version string) string {
	return fmt.Sprintf("| %s | %s | %d | %d | %d | %d | %d | %s |\n",
		c.operation, c.dies, c.steps, c.old+c.fresh+c.failed, c.old, c.fresh, c.failed, version)
}

// deathsPage guards the page: tests may come to their ends at once.
var deathsPage sync.Mutex

// writeDown puts the row into the page that BERTH_DEATHS_INTO names, in the place of an older one: operations are written down one by
// one, for all of them take hours. Only where each step and way was tried.
func (c *deathCount) writeDown(t *testing.T) {
	t.Helper()
	page := os.Getenv("BERTH_DEATHS_INTO")
	// Of a part that -run named there are fewer deaths than steps and ways.
	if page == "" || !allDeaths() || c.old+c.fresh+c.failed != 2*c.steps {
		return
	}
	deathsPage.Lock()
	defer deathsPage.Unlock()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	now, err := withRow(string(text), c.row(os.Getenv("BERTH_VERSION")))
	if err != nil {
		t.Fatalf("%s: %v", page, err)
	}
	if err := os.WriteFile(page, []byte(now), 0o644); err != nil {
		t.Fatal(err)
	}
}

// withRow gives a page in which a row has taken the place of that of the same operation and death.
func withRow(page, row string) (string, error) {
	before, rest, found := strings.Cut(page, deathsBegin)
	table, after, ended := strings.Cut(rest, deathsEnd)
	if !found || !ended {
		return "", fmt.Errorf("it has no place for the table: %q and %q", deathsBegin, deathsEnd)
	}
	of := func(row string) string { return strings.Join(strings.SplitN(row, "|", 4)[:3], "|") }
	var rows []string
	for line := range strings.Lines(strings.TrimPrefix(strings.TrimSpace(table)+"\n", deathsHead)) {
		if strings.HasPrefix(line, "|") && of(line) != of(row) {
			rows = append(rows, line)
		}
	}
	rows = append(rows, row)
	slices.Sort(rows)
	return before + deathsBegin + "\n" + deathsHead + strings.Join(rows, "") + "\n" + deathsEnd + after, nil
}

func TestARowOfDeathsTakesTheOlderOnesPlace(t *testing.T) {
	edit := deathCount{operation: "edit", dies: "Berth", steps: 3, old: 2, fresh: 4}
	both := deathCount{operation: "edit", dies: "both", steps: 3, old: 6}
	worse := deathCount{operation: "edit", dies: "Berth", steps: 3, old: 2, fresh: 3, failed: 1}
	page := "before\n" + deathsBegin + "nothing yet\n" + deathsEnd + "after\n"
	var err error
	for _, row := range []string{both.row("1"), edit.row("1"), worse.row("2")} {
		if page, err = withRow(page, row); err != nil {
			t.Fatal(err)
		}
	}
	want := "before\n" + deathsBegin + "\n" + deathsHead + "| edit | Berth | 3 | 6 | 2 | 3 | 1 | 2 |\n| edit | both | 3 | 6 | 6 | 0 | 0 | 1 |\n\n" + deathsEnd + "after\n"
	if page != want {
		t.Errorf("the page is\n%s\nwant\n%s", page, want)
	}
	if _, err := withRow("no place", edit.row("1")); err == nil {
		t.Error("a page without a place is no failure")
	}
	t.Setenv("BERTH_DEATHS", "all")
	t.Setenv("BERTH_DEATHS_INTO", filepath.Join(t.TempDir(), "none.md"))
	(&deathCount{operation: "edit", dies: "Berth", steps: 3, old: 1}).writeDown(t) // of a part: else it would fail, for there is no page
}
