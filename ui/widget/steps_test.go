package widget

import (
	"testing"

	"fyne.io/fyne/v2"

	"berth/ui/theme"
)

func TestTheFiguresOfAStepAreWholeInANarrowWindow(t *testing.T) {
	for _, width := range []float32{620, 1040} {
		var meters []float32
		for _, figures := range []string{"0.4 s", "44.1 of 62 MB · 11 MB/s", "1.08 of 1.22 GB · 10.4 MB/s, and more"} {
			row := NewStepRow()
			shown(t, row, width, stepHeight)
			row.Resize(fyne.NewSize(width, stepHeight))
			row.Set(Step{ID: "a", Icon: theme.IconActivity, Color: theme.Accent, Label: "5d0f8e19c2aa", Detail: "downloading", Right: "0.1 s", Progress: 0.7, Metered: true})
			row.Set(Step{ID: "a", Icon: theme.IconActivity, Color: theme.Accent, Label: "5d0f8e19c2aa", Detail: "downloading", Right: figures, Progress: 0.7, Metered: true})
			if has, needs := row.right.Size().Width, row.right.Natural(); has < needs {
				t.Errorf("%v wide, %q has %v and needs %v", width, figures, has, needs)
			}
			if left, end := row.right.Position().X, row.meter.Position().X+row.meter.Size().Width; len(figures) < 30 && row.meter.Size().Width < 40 || end > left {
				t.Errorf("%v wide, beside %q the meter is %v wide and ends at %v of %v", width, figures, row.meter.Size().Width, end, left)
			}
			meters = append(meters, row.meter.Size().Width)
		}
		if meters[0] != meters[1] {
			t.Errorf("%v wide, the meters of two steps are %v and %v wide", width, meters[0], meters[1])
		}
	}
}
