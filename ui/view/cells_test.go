package view

import (
	"testing"

	"fyne.io/fyne/v2"

	"berth/engine"
	"berth/engine/sandbox"
	"berth/ui/theme"
	"berth/ui/uitest"
	"berth/ui/viewmodel"
	"berth/ui/widget"
)

func TestBadgesStayInTheirColumnAndThoseWithoutRoomAreCounted(t *testing.T) {
	badges := []engine.Badge{{Text: "no password", Help: "a"}, {Text: "open to the network", Help: "b"}, {Text: "home folder mounted", Help: "c"}}
	for _, name := range []string{"a", "client-portal", "a-rather-long-name-of-a-sandbox-with-much"} {
		for n := range len(badges) + 1 {
			for _, width := range []float32{120, 200, 280, 900} {
				cell := newNameCell().(*nameCell)
				cell.set(viewmodel.SandboxRow{Name: name, Badges: badges[:n]})
				cell.Resize(fyne.NewSize(width, theme.RowH))
				cell.row.Resize(fyne.NewSize(width, theme.RowH))
				end, shown := cell.name.Position().X+cell.name.Size().Width, 0
				for _, pill := range append(append([]*widget.Badge{}, cell.pills...), cell.more) {
					if !pill.Visible() {
						continue
					}
					if pill.Position().X < end || pill.Position().X+pill.Size().Width > width+0.5 {
						t.Errorf("%q with %d badges, %v wide: a badge is at %v to %v behind %v", name, n, width, pill.Position().X, pill.Position().X+pill.Size().Width, end)
					}
					end = pill.Position().X + pill.Size().Width
					if pill != cell.more {
						shown++
					}
				}
				if cell.more.Visible() != (shown < n) {
					t.Errorf("%q, %v wide: %d of %d badges are shown, and the rest counted is %v", name, width, shown, n, cell.more.Visible())
				}
			}
		}
	}
}

func TestTheBadgesOfANameSayWhatTheyMeanWhereThePointerIs(t *testing.T) {
	cell := newNameCell().(*nameCell)
	cell.set(viewmodel.SandboxRow{Name: "client-portal", Badges: []engine.Badge{{Text: "no password", Help: "anybody gets in"}, {Text: "home folder mounted", Help: "it sees all"}}})
	cell.Resize(fyne.NewSize(280, theme.RowH))
	cell.row.Resize(fyne.NewSize(280, theme.RowH))
	over := func(o fyne.CanvasObject) string { return cell.Tip(o.Position().AddXY(2, 20)) }
	if over(cell.name) != "" || over(cell.pills[0]) != "anybody gets in" || over(cell.more) != "home folder mounted" {
		t.Errorf("over the name %q, the badge %q, the rest %q", over(cell.name), over(cell.pills[0]), over(cell.more))
	}
}

func TestWideSandboxesAndNoticesAreSeenTogether(t *testing.T) {
	for _, mode := range []theme.Mode{theme.Dark, theme.Light} {
		s := open(t, mode, 1280, 800)
		wide := healthy("client-portal")
		wide.Badges = []engine.Badge{{Text: "no password", Help: "x"}, {Text: "open to the network", Help: "x"}, {Text: "home folder mounted", Help: "x"}}
		busy := engine.Sandbox{Name: "spike", State: sandbox.Starting, Since: now, Created: now}
		snap := uitest.Connected(healthy("default"), wide, busy)
		snap.Notices = []engine.Notice{{At: now, Text: "Port 4096 is taken by something else, so default is now at port 4097."}, {At: now.Add(1), Text: "two"}}
		s.vm.Apply(snap, now)
		wantTexts(t, s.Content, "so default is now at port 4097.", "(1 more)")
		s.keep(t, "home-wide-"+string(mode))
	}
}

func TestTheQuestionBeforeQuittingIsAPanel(t *testing.T) {
	s := open(t, theme.Dark, 1280, 800)
	s.vm.Apply(uitest.Connected(healthy("default")), now)
	answers, over := 0, 0
	ask := func() {
		s.Confirm(Question{Title: "Quit while a task runs?", Text: "Building x is not finished.", Yes: "Quit", No: "Keep running", Do: func() { answers++ }, Over: func() { over++ }})
	}
	ask()
	s.keep(t, "question")
	s.escape()
	if answers != 0 || over != 1 {
		t.Errorf("Escape: answered %d times, over %d times", answers, over)
	}
	ask()
	s.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if answers != 1 || over != 2 {
		t.Errorf("Enter: answered %d times, over %d times", answers, over)
	}
}
