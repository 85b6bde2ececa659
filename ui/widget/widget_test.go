package widget

import (
	"image"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"berth/ui/theme"
)

func TestATextThatHasNoRoomEndsInAnEllipsis(t *testing.T) {
	text := NewText("a rather long line of words", TextStyle{})
	shown(t, container.NewWithoutLayout(text), 400, 40)
	text.Resize(fyne.NewSize(80, 20))
	r := test.WidgetRenderer(text).(*textRenderer)
	if !strings.HasSuffix(r.lines[0].Text, "…") || !text.cut || r.lines[0].MinSize().Width > 80.5 {
		t.Errorf("it shows %q, %v wide", r.lines[0].Text, r.lines[0].MinSize().Width)
	}
	if text.Text() != "a rather long line of words" {
		t.Errorf("the text itself was cut: %q", text.Text())
	}
	text.Resize(fyne.NewSize(400, 20))
	if r.lines[0].Text != text.Text() || text.cut {
		t.Errorf("with room enough it shows %q", r.lines[0].Text)
	}
}

func TestATextThatWrapsTakesTheLinesItNeedsAndLosesNoWord(t *testing.T) {
	for _, words := range []string{"a rather long line of words", "oneverylongwordthatfitsnowhere", "short and thenaverylongwordthatfitsnowhere", "ends in a space ", "x"} {
		text := NewText(words, TextStyle{Wrap: true})
		shown(t, container.NewWithoutLayout(text), 800, 400)
		least := text.MinSize().Height
		for _, width := range []float32{40, 80, 120, 700} {
			text.Resize(fyne.NewSize(width, 200))
			r := test.WidgetRenderer(text).(*textRenderer)
			whole := ""
			for _, line := range r.lines {
				if line.MinSize().Width > width+0.5 {
					t.Errorf("%q at %v: the line %q is %v wide", words, width, line.Text, line.MinSize().Width)
				}
				whole += line.Text
			}
			if without := strings.NewReplacer(" ", ""); without.Replace(whole) != without.Replace(words) {
				t.Errorf("%q at %v reads %q", words, width, whole)
			}
			if got, want := text.MinSize().Height, least*float32(len(r.lines)); got != want || text.MinSize().Width != 0 || text.cut {
				t.Errorf("%q at %v: %d lines are %v high, want %v", words, width, len(r.lines), got, want)
			}
			if width == 700 && len(r.lines) != 1 {
				t.Errorf("%q has %d lines where one is enough", words, len(r.lines))
			}
		}
		text.SetText("x")
		if got := text.MinSize().Height; got != least {
			t.Errorf("with one word it is %v high, want %v", got, least)
		}
	}
}

func TestAButtonIsPressedByMouseSpaceAndEnter(t *testing.T) {
	n := 0
	b := NewButton(ButtonOptions{Text: "Go", Icon: theme.IconPlay}, func() { n++ })
	w := shown(t, b, 100, 40)
	test.Tap(b)
	w.Canvas().Focus(b)
	b.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	b.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	b.TypedKey(&fyne.KeyEvent{Name: fyne.KeyA})
	if n != 3 {
		t.Errorf("pressed %d times", n)
	}
	r := test.WidgetRenderer(b).(*buttonRenderer)
	if r.back.StrokeWidth != 2 {
		t.Error("the focus is not to be seen")
	}
	b.Disable()
	test.Tap(b)
	b.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	if n != 3 {
		t.Error("a disabled button was pressed")
	}
	b.Enable()
	test.Tap(b)
	if n != 4 {
		t.Error("an enabled button is deaf")
	}
}

func TestAMeterFillsItsShare(t *testing.T) {
	m := NewMeter(theme.Accent)
	shown(t, container.NewWithoutLayout(m), 300, 40)
	m.Resize(fyne.NewSize(200, 6))
	front := test.WidgetRenderer(m).(*shapeRenderer).front
	for value, want := range map[float64]float32{0: 0, 0.5: 100, 1: 200, 2: 200, 0.001: meterHeight} {
		m.Set(value)
		if got := front.Size().Width; got != want {
			t.Errorf("%v fills %v of 200, want %v", value, got, want)
		}
	}
}

func TestASparklineDrawsItsValues(t *testing.T) {
	s := NewSparkline()
	ink := func() int {
		img := s.draw(60, 20).(*image.NRGBA)
		n := 0
		for i := 3; i < len(img.Pix); i += 4 {
			if img.Pix[i] > 0 {
				n++
			}
		}
		return n
	}
	if ink() != 0 {
		t.Error("no values draw something")
	}
	s.Set([]float64{1, 2, 50, 3})
	some := ink()
	values := make([]float64, 200) // more than it spans
	for i := range values {
		values[i] = float64(i % 40)
	}
	s.Set(values)
	if many := ink(); some == 0 || many <= some {
		t.Errorf("4 values draw %d points, 200 draw %d", some, many)
	}
}

func TestAStepShowsItsMeterOnlyWhenItsProgressIsKnown(t *testing.T) {
	row := NewStepRow()
	shown(t, row, 800, stepHeight)
	row.Set(Step{ID: "1", Icon: theme.IconClock, Color: theme.Muted, Label: "5d0f8e19c2aa", Detail: "waiting"})
	if row.meter.Visible() {
		t.Error("a waiting step shows a meter")
	}
	row.Set(Step{ID: "1", Icon: theme.IconActivity, Color: theme.Accent, Label: "5d0f8e19c2aa", Detail: "downloading", Metered: true, Progress: 0.5, Right: "1 of 2 MB"})
	if !row.meter.Visible() || row.meter.value != 0.5 || row.right.Text() != "1 of 2 MB" {
		t.Errorf("meter %v at %v, right %q", row.meter.Visible(), row.meter.value, row.right.Text())
	}
}

func TestColoursFollowTheTheme(t *testing.T) {
	b := NewButton(ButtonOptions{Text: "Go"}, nil)
	shown(t, b, 100, 40)
	r := test.WidgetRenderer(b).(*buttonRenderer)
	dark := r.back.FillColor
	fyne.CurrentApp().Settings().SetTheme(theme.New(theme.Light))
	defer fyne.CurrentApp().Settings().SetTheme(theme.New(theme.Dark))
	b.Refresh()
	if r.back.FillColor == dark {
		t.Error("it stays dark in the light")
	}
}

func TestEscapeInAnEntryIsHeard(t *testing.T) {
	e := NewEntry("Filter")
	n := 0
	e.OnEscape = func() { n++ }
	e.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	e.TypedRune('a')
	if n != 1 || e.Text != "a" {
		t.Errorf("heard %d times, text %q", n, e.Text)
	}
}

func TestATipShowsOverTheContentAndGoes(t *testing.T) {
	w := shown(t, container.NewStack(), 300, 200)
	layer := NewTipLayer(w.Canvas())
	w.SetContent(layer)
	w.Resize(fyne.NewSize(300, 200))
	layer.show("Stop  T", fyne.NewPos(290, 190)) // in the corner, where it has no room
	if !layer.box.Visible() || layer.box.Position().X+layer.box.Size().Width > 300 || layer.box.Position().Y+layer.box.Size().Height > 200 {
		t.Errorf("the tip is at %v, %v large", layer.box.Position(), layer.box.Size())
	}
	layer.hide()
	if layer.box.Visible() || len(layer.lines) > 0 {
		t.Error("the tip stays")
	}
}

func TestALongTipBreaksIntoLinesInsideTheWindow(t *testing.T) {
	w := shown(t, container.NewStack(), 300, 200)
	layer := NewTipLayer(w.Canvas())
	w.SetContent(layer)
	w.Resize(fyne.NewSize(300, 200))
	words := strings.TrimSpace(strings.Repeat("what failed ", 12))
	layer.show(words+"\nand why", fyne.NewPos(150, 10))
	var read []string
	for _, line := range layer.lines {
		read = append(read, line.Text)
		if end := line.Position().X + line.Size().Width; line.Position().X < 0 || end > 300 {
			t.Errorf("%q goes from %v to %v in a window of 300", line.Text, line.Position().X, end)
		}
	}
	if got := strings.Join(read, " "); got != words+" and why" || read[len(read)-1] != "and why" {
		t.Errorf("it reads %q", read)
	}
	layer.show(strings.Repeat("very long ", 2000), fyne.NewPos(150, 10))
	if n := len(layer.lines); n != tipLines || !strings.HasSuffix(layer.lines[n-1].Text, "…") {
		t.Errorf("one without end has %d lines", n)
	}
}

func TestATextOfAFewLinesHasTheRestInItsTip(t *testing.T) {
	words := strings.TrimSpace(strings.Repeat("a notice ", 30))
	text := NewText(words, TextStyle{Wrap: true, Lines: 2})
	shown(t, text, 200, 200)
	r := test.WidgetRenderer(text).(*textRenderer)
	if n := len(r.lines); n != 2 || !strings.HasSuffix(r.lines[1].Text, "…") || text.Tip(fyne.Position{}) != words {
		t.Errorf("%d lines, the tip %q", n, text.Tip(fyne.Position{}))
	}
	text.SetText("a notice")
	if len(r.lines) != 1 || text.Tip(fyne.Position{}) != "" {
		t.Errorf("a short one has %d lines, the tip %q", len(r.lines), text.Tip(fyne.Position{}))
	}
}

func TestATipGoesWhenWhatIsUnderThePointerChanges(t *testing.T) {
	b := NewButton(ButtonOptions{Text: "Go", Tip: "Go on"}, nil)
	w := shown(t, container.NewStack(), 300, 200)
	layer := NewTipLayer(w.Canvas())
	w.SetContent(container.NewStack(b, layer))
	b.MouseIn(&desktop.MouseEvent{})
	layer.show("Go on", fyne.NewPos(10, 10))
	HideTips(w.Canvas())
	if layer.box.Visible() {
		t.Error("the tip stays")
	}
	if b.tip.timer == nil || layer.passed != 1 {
		t.Errorf("nothing would keep one from coming that was asked for before: %d", layer.passed)
	}
	b.MouseOut()
}

func TestATipIsShownThoughFyneForgotOnWhichCanvasItIs(t *testing.T) {
	before := layers
	t.Cleanup(func() { layers = before })
	layers = map[fyne.Canvas][]*TipLayer{}
	if layerOn(nil) != nil {
		t.Error("there is a layer without a window")
	}
	w := shown(t, container.NewStack(), 300, 200)
	window := NewTipLayer(w.Canvas())
	panel := NewPanelTips(w.Canvas())
	if layerOn(nil) != window || layerOn(w.Canvas()) != window {
		t.Error("the tips of a panel that is not shown are on top")
	}
	panel.Push()
	if layerOn(nil) != panel || layerOn(w.Canvas()) != panel {
		t.Error("the tips of a panel that is shown are not on top")
	}
	panel.Pop()
	panel.Pop()
	if layerOn(nil) != window {
		t.Error("the tips of a panel that is gone are on top")
	}
	NewTipLayer(test.NewTempWindow(t, container.NewStack()).Canvas())
	if layerOn(nil) != nil {
		t.Error("of two windows one was taken")
	}
}

func TestTheWheelOverAFieldOfOneLineTurnsThePage(t *testing.T) {
	entry, area := NewEntry("hint"), NewTextArea("", 3)
	window := shown(t, container.NewVBox(entry, area), 400, 200)
	var over []fyne.CanvasObject
	HandleKeys(window.Canvas(), Keys{Wheel: func(o fyne.CanvasObject, _ *fyne.ScrollEvent) { over = append(over, o) }})
	middle := func(o fyne.CanvasObject) fyne.Position {
		return fyne.CurrentApp().Driver().AbsolutePositionForObject(o).AddXY(o.Size().Width/2, o.Size().Height/2)
	}
	test.Scroll(window.Canvas(), middle(entry), 0, -10)
	test.Scroll(window.Canvas(), middle(area), 0, -10)
	if len(over) != 1 || over[0] != fyne.CanvasObject(entry) {
		t.Errorf("turned over %v", over)
	}
}

func TestAButtonWithTwoTextsKeepsItsWidth(t *testing.T) {
	b := NewButton(ButtonOptions{Text: "Following", Other: "Follow", Icon: theme.IconFollow}, nil)
	wide := b.MinSize().Width
	if alone := NewButton(ButtonOptions{Text: "Following", Icon: theme.IconFollow}, nil).MinSize().Width; wide != alone {
		t.Errorf("it is %v wide, and %v with the longer text alone", wide, alone)
	}
	b.SetText("Follow")
	if got := b.MinSize().Width; got != wide {
		t.Errorf("its width went from %v to %v", wide, got)
	}
}
