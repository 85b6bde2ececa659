package view

import (
	"testing"
	"time"

	"berth/engine/fault"
	"berth/engine/task"
	"berth/ui/theme"
	"berth/ui/uitest"
	"berth/ui/viewmodel"
	"berth/ui/widget"
)

func TestInASmallWindowActivitySaysWhyATaskFailedAndHowFastAnotherIs(t *testing.T) {
	s := open(t, theme.Dark, 900, 560)
	why := fault.New(fault.Network, "pull", "registry.example.com did not answer for 30 s, after 168 of 291 MB had come; what has come is kept, and the next attempt goes on from there")
	failed := task.View{ID: 2, Title: "Pulling registry.example.com/team:1.18", State: task.Failed, Err: why, Started: now.Add(-time.Hour), Ended: now.Add(-time.Hour + time.Minute)}
	waiting := task.View{ID: 1, Title: "Pulling registry.example.com/opencode:2", State: task.Waiting, LastErr: why, Attempt: 1, Attempts: 5, Started: now, NextTry: now.Add(3 * time.Second)}
	snap := uitest.Connected(healthy("default"))
	snap.Tasks = []task.View{pulling(), failed, waiting}
	s.vm.Apply(snap, now)
	s.vm.Go(viewmodel.ActivityPage)
	settle(s.Content)
	reasons := 0
	for _, text := range seen[*widget.Text](s.activity.content) {
		switch text.Text() {
		case viewmodel.Cause(why):
			reasons++
			if one := text.Size(); one.Height < 2*widgetLine || one.Height+0.5 < text.MinSize().Height {
				t.Errorf("the reason has %v, and needs a height of %v", one, text.MinSize().Height)
			}
		case "58 % · 168 of 291 MB · 14 MB/s · 9 s left", "44.1 of 62 MB · 11 MB/s", "attempt 2 of 5 in 4 s", failed.Title:
			if text.Size().Width < text.Natural()-1 { // a fixed one has just what it needs
				t.Errorf("%q has %v and needs %v", text.Text(), text.Size().Width, text.Natural())
			}
		}
	}
	if reasons != 2 {
		t.Errorf("%d reasons are told", reasons)
	}
	s.keep(t, "activity-reasons")
}

// widgetLine is about the height of a line of text.
const widgetLine = 14
