package desktoptest

import (
	"bytes"
	"fmt"
	"image"
	"slices"
)

// scale is how much the picture is enlarged before it is read: tesseract wants letters about 30 pixels high, the window's
// are 10.
const scale = 3

// near is how far from what changed a word counts as changed too, in pixels: it may have grown together with it.
const near = 12

// screen is a picture of the screen: three bytes for each pixel.
type screen struct {
	image.Rectangle

	pixels []byte
}

// screenOf reads a picture as import writes it: a PPM of 8 bits.
func screenOf(ppm []byte) (*screen, error) {
	var width, height int
	_, err := fmt.Sscanf(string(ppm[:min(len(ppm), 64)]), "P6\n%d %d\n255", &width, &height)
	pixels, is := bytes.CutPrefix(ppm, fmt.Appendf(nil, "P6\n%d %d\n255\n", width, height))
	if err != nil || !is || len(pixels) != 3*width*height {
		return nil, fmt.Errorf("a picture of the screen of %d bytes begins with %.20q", len(ppm), ppm)
	}
	return &screen{image.Rect(0, 0, width, height), pixels}, nil
}

func (s *screen) row(y int) []byte { return s.pixels[3*y*s.Dx():][:3*s.Dx()] }

// changed is the least part of a screen that has all that is otherwise than before, which may be nil.
func changed(before, now *screen) image.Rectangle {
	if before == nil || before.Rectangle != now.Rectangle {
		return now.Rectangle
	}
	var part image.Rectangle
	for y := range now.Dy() {
		row, was := now.row(y), before.row(y)
		if bytes.Equal(row, was) {
			continue
		}
		from, to := 0, len(row)
		for row[from] == was[from] {
			from++
		}
		for row[to-1] == was[to-1] {
			to--
		}
		part = part.Union(image.Rect(from/3, y, (to+2)/3, y+1))
	}
	return part
}

// withWords is a part of the screen with every word of before that it touches, or comes near to, whole.
func withWords(part image.Rectangle, before []Word) image.Rectangle {
	for grown := true; grown; {
		grown = false
		for _, w := range before {
			if w.box().Overlaps(part.Inset(-near)) && !w.box().In(part) {
				part, grown = part.Union(w.box()), true
			}
		}
	}
	return part.Inset(-near)
}

func (w Word) box() image.Rectangle { return image.Rect(w.X, w.Y, w.X+w.W, w.Y+w.H) }

// replaced is what is on the screen when those words are in a part of it now, in the place of those that were there.
func replaced(before []Word, part image.Rectangle, now []Word) []Word {
	at := slices.IndexFunc(before, func(w Word) bool { return w.box().Overlaps(part) })
	if at < 0 {
		at = len(before)
	}
	rest := slices.DeleteFunc(slices.Clone(before[at:]), func(w Word) bool { return w.box().Overlaps(part) })
	return slices.Concat(before[:at], now, rest)
}

// lines are words from the top of the screen to its bottom and, where they stand beside each other, from left to right.
func lines(words []Word) []Word {
	middle := func(w Word) int { return w.Y + w.H/2 }
	all := slices.SortedStableFunc(slices.Values(words), func(a, b Word) int { return middle(a) - middle(b) })
	for rest := all; len(rest) > 0; {
		end := slices.IndexFunc(rest, func(w Word) bool { return middle(w) > middle(rest[0])+near/2 })
		if end < 0 {
			end = len(rest)
		}
		slices.SortStableFunc(rest[:end], func(a, b Word) int { return a.X - b.X })
		rest = rest[end:]
	}
	return all
}
