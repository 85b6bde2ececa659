package view

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"berth/engine"
	"berth/engine/connect"
	"berth/engine/sandbox"
	"berth/ui/theme"
	"berth/ui/uitest"
	"berth/ui/widget"
)

// inTable are the names in the table of sandboxes, from the top.
func inTable(s *shell) []string {
	at := func(c *nameCell) float32 { return fyne.CurrentApp().Driver().AbsolutePositionForObject(c).Y }
	cells := seen[*nameCell](s.sandboxes.table)
	slices.SortFunc(cells, func(a, b *nameCell) int { return cmp.Compare(at(a), at(b)) })
	var names []string
	for _, c := range cells {
		names = append(names, c.name.Text())
	}
	return names
}

// failing is an engine with sandboxes in every kind of state.
func failing() engine.Snapshot {
	killed := engine.Sandbox{Name: "killed", Engine: "default", State: sandbox.Exited, Detail: "137: out of memory", Since: now, Created: now}
	stopped := engine.Sandbox{Name: "asleep", Engine: "default", State: sandbox.Stopped, Since: now, Created: now}
	sick := engine.Sandbox{Name: "sick", Engine: "default", State: sandbox.Unhealthy, Detail: "no answer in 5 s", Since: now, Created: now}
	fine, also := healthy("fine"), healthy("also-fine")
	fine.Engine, also.Engine = "default", "default"
	return uitest.Connected(fine, also, killed, stopped, sick)
}

func TestSortedByStateTroubleStandsAtTheTop(t *testing.T) {
	s := open(t, theme.Dark, 1280, 800)
	s.vm.Apply(failing(), now)
	s.sandboxes.table.SortBy("state")
	if got := strings.Join(inTable(s), " "); got != "sick killed also-fine fine asleep" {
		t.Errorf("they stand as %s", got)
	}
	s.sandboxes.table.SortBy("state")
	if got := strings.Join(inTable(s), " "); got != "asleep also-fine fine killed sick" {
		t.Errorf("the other way round they stand as %s", got)
	}
}

func TestAStateIsNotCutWhileTheNamesHaveRoom(t *testing.T) {
	for _, width := range []float32{900, 1280} {
		s := open(t, theme.Dark, width, 700)
		snap := failing()
		snap.Also = []engine.Member{{Name: "Podman", Status: connect.Status{Phase: connect.Connected}}} // the engine's column takes room too
		s.vm.Apply(snap, now)
		found := 0
		for _, text := range seen[*widget.Text](s.sandboxes.table) {
			if words := text.Text(); strings.HasPrefix(words, "Exited") || strings.HasPrefix(words, "Unhealthy") || words == "also-fine" {
				found++
				if text.Size().Width < text.Natural() {
					t.Errorf("%v wide: %q has %v and needs %v", width, words, text.Size().Width, text.Natural())
				}
			}
		}
		if found != 3 {
			t.Errorf("%v wide: %d of the texts are there", width, found)
		}
	}
}

func TestTheMenuOfColumnsSaysWhichHaveNoRoom(t *testing.T) {
	for width, want := range map[float32]string{
		1600: "✓State, ✓opencode, ✓CPU, ✓Memory, ✓Address, Age",
		900:  "✓State, ✓opencode: no room now, ✓CPU: no room now, ✓Memory: no room now, ✓Address, Age",
	} {
		s := open(t, theme.Dark, width, 700)
		s.vm.Apply(failing(), now)
		s.sandboxes.toggleColumn("age") // what is not wanted is not said to have no room
		var got []string
		for _, item := range s.sandboxes.columnItems() {
			text := strings.Replace(item.Label, "\t", ": ", 1)
			if item.Checked {
				text = "✓" + text
			}
			got = append(got, text)
		}
		if got := strings.Join(got, ", "); got != want {
			t.Errorf("%v wide the menu is %s, want %s", width, got, want)
		}
	}
	s := open(t, theme.Light, 900, 560)
	s.vm.Apply(failing(), now)
	s.sandboxes.chooseColumns(s.sandboxes.filter)
	s.keep(t, "columns-menu")
}
