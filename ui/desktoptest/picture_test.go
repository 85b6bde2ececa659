package desktoptest

import (
	"image"
	"slices"
	"testing"
)

func TestOnlyWhatChangedIsReadAgain(t *testing.T) {
	with := func(marks ...image.Point) *screen {
		s := &screen{image.Rect(0, 0, 200, 100), make([]byte, 3*200*100)}
		for _, m := range marks {
			s.row(m.Y)[3*m.X+1] = 255
		}
		return s
	}
	empty := with()
	if got := changed(nil, empty); got != empty.Rectangle {
		t.Errorf("of a first screen %v is to be read", got)
	}
	if got := changed(empty, with()); !got.Empty() {
		t.Errorf("of one that is the same %v is to be read", got)
	}
	part := changed(empty, with(image.Pt(102, 42), image.Pt(105, 44)))
	if part != image.Rect(102, 42, 106, 45) {
		t.Errorf("%v changed", part)
	}
	words := []Word{{"healthy", 10, 40, 50, 10}, {"for", 80, 40, 10, 10}, {"12", 100, 40, 10, 10}, {"s", 130, 40, 5, 10}, {"Berth", 10, 80, 50, 10}}
	if part = withWords(part, words); part != image.Rect(68, 28, 122, 62) { // "12", and "for" which is near to it
		t.Errorf("%v is to be read", part)
	}
	var got []string
	for _, w := range replaced(words, part, []Word{{"for", 80, 40, 10, 10}, {"13", 100, 40, 10, 10}}) {
		got = append(got, w.Text)
	}
	if !slices.Equal(got, []string{"healthy", "for", "13", "s", "Berth"}) {
		t.Errorf("the screen says %q", got)
	}
	if all := replaced(words, image.Rect(0, 0, 5, 5), []Word{{"new", 0, 0, 5, 5}}); len(all) != len(words)+1 || all[len(words)].Text != "new" {
		t.Errorf("with a word where there was none the screen says %+v", all)
	}
}

func TestWordsBesideEachOtherAreALineWhateverTheirSize(t *testing.T) {
	read := []Word{{"Stop", 1000, 238, 30, 11}, {"for", 360, 238, 20, 10}, {"Logs", 240, 275, 30, 12}, {"·", 390, 243, 3, 2}, {"healthy", 320, 238, 40, 13}, {"default", 258, 236, 54, 16}, {"Name", 237, 132, 40, 10}}
	if got := text(lines(read)); got != "Name default healthy for · Stop Logs" {
		t.Errorf("the screen says %q", got)
	}
}

func TestAPictureOfTheScreenIsRead(t *testing.T) {
	got, err := screenOf([]byte("P6\n2 1\n255\n\xff\xff\xff\x00\x00\x00"))
	if err != nil || got.Rectangle != image.Rect(0, 0, 2, 1) || !slices.Equal(got.row(0), []byte{255, 255, 255, 0, 0, 0}) {
		t.Errorf("%+v, %v", got, err)
	}
	for _, bad := range []string{"P5\n2 1\n255\n..", "P6\n2 1\n255\n..", "P6\n2 1\n65535\n............", ""} {
		if _, err := screenOf([]byte(bad)); err == nil {
			t.Errorf("%q is taken for a picture", bad)
		}
	}
}
