package figure

import (
	"flag"
	"strings"
	"testing"
	"time"

	"berth/engine/enginetest/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

func TestAPartThatWasNotMeasuredAgainKeepsItsFigures(t *testing.T) {
	dir := t.TempDir()
	for _, took := range []time.Duration{2 * time.Second, time.Second} {
		if err := Save(dir, "pull", Measured{At: time.Unix(0, 0), Sizes: "a|b", Short: took > time.Second, Rows: []Row{Against("pull", took, "docker pull", time.Second, 1.05, Excuse{})}}); err != nil {
			t.Fatal(err)
		}
		if err := Save(dir, "logs", Measured{Rows: []Row{Against("log", 3*time.Second, "docker logs", time.Second, 1.05, Excuse{3, "it is slow"})}}); err != nil {
			t.Fatal(err)
		}
		text, missed, err := Join(dir, "one")
		if err != nil {
			t.Fatal(err)
		}
		wantMissed, want := 0, "| pull | 1.00 s | docker pull: 1.00 s | 1.00 | at most 1.05 | yes |"
		if took > time.Second {
			wantMissed, want = 1, "| pull | 2.00 s | docker pull: 1.00 s | 2.00 | at most 1.05 | no |"
		}
		for _, line := range []string{want, "| no: it is slow |", "| memory |  |  |  |  | –: not measured |", `a\|b`} {
			if !strings.Contains(text, line) {
				t.Errorf("%q is missing in\n%s", line, text)
			}
		}
		if strings.Contains(text, "Not all of it counts") != (took > time.Second) {
			t.Errorf("a short run is not marked, or another one is:\n%s", text)
		}
		if missed != wantMissed {
			t.Errorf("%d goals are missed, not %d", missed, wantMissed)
		}
	}
}

func TestAShortRunKeepsWhatTheCommandLineSays(t *testing.T) {
	var o Options
	set := flag.NewFlagSet("", flag.ContinueOnError)
	o.Flags(set)
	if err := set.Parse([]string{"-short", "-runs", "9", "-part", "engine,start"}); err != nil {
		t.Fatal(err)
	}
	o.Settle(set)
	if o.Runs != 9 || o.Lines >= 1_000_000 {
		t.Errorf("%+v", o)
	}
	if !o.Wants(Engine, "pull") || !o.Wants(Window, "start") || o.Wants(Window, "table") || o.Check() != nil {
		t.Errorf("the parts are %v: %v", o.Parts, o.Check())
	}
	if o.Parts = []string{"none"}; o.Check() == nil {
		t.Error("a part that nobody has is taken")
	}
}

func TestAPercentileOfFewIsOneOfThem(t *testing.T) {
	all := []time.Duration{5, 1, 3, 4, 2}
	if got := [4]time.Duration{Median(all), Percentile(all, 95), Percentile(nil, 50), Median([]time.Duration{8, 4})}; got != [4]time.Duration{3, 5, 0, 6} {
		t.Errorf("%v", got)
	}
}

func TestAnExcuseExplainsOnlySoMuch(t *testing.T) {
	excuse := Excuse{Until: 1.2, Why: "it looks closer"}
	for took, want := range map[time.Duration]string{1000: "", 1100: "it looks closer", 1300: ""} {
		if r := Against("log", took*time.Millisecond, "docker logs", time.Second, 1.05, excuse); r.Why != want || r.Met != Is(took == 1000) {
			t.Errorf("%d ms: %+v", took, r)
		}
	}
}

func TestFewerThanFiveRunsAreMarkedAsShort(t *testing.T) {
	var o Options
	set := flag.NewFlagSet("", flag.ContinueOnError)
	o.Flags(set)
	if err := set.Parse([]string{"-runs", "3"}); err != nil {
		t.Fatal(err)
	}
	o.Settle(set)
	if !o.Short || o.Lines != 1_000_000 {
		t.Errorf("%+v", o)
	}
}
