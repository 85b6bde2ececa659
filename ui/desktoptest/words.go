package desktoptest

import (
	"fmt"
	"image"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// afresh is after how many looks that did not find a text the whole screen is read again: a word in a part of it may be misread each time.
const afresh = 8

// Word is one word read off the screen, with its place in pixels.
type Word struct {
	Text       string
	X, Y, W, H int
}

// Words reads every word on the screen, line by line from the top. Reading a whole screen takes a second or two; only what has changed
// since it was last read is read again, which is most often a clock.
func (d *Desktop) Words() []Word {
	d.t.Helper()
	dir := d.t.TempDir()
	defer func() { _ = os.RemoveAll(dir) }() // a test reads hundreds of screens
	shot, big := filepath.Join(dir, "shot.ppm"), filepath.Join(dir, "big.pgm")
	d.must("import", "-window", "root", "-depth", "8", shot)
	pixels, err := os.ReadFile(shot)
	if err != nil {
		d.t.Fatal(err)
	}
	now, err := screenOf(pixels)
	if err != nil {
		d.t.Fatal(err)
	}
	part := changed(d.read.screen, now)
	if part.Empty() {
		return d.read.words
	}
	part = withWords(part, d.read.words).Intersect(now.Rectangle)
	if part.Dx()*part.Dy() > now.Dx()*now.Dy()/2 {
		part = now.Rectangle
	}
	// Grey and, where the theme is dark, turned over: tesseract reads dark letters on light ground. (Sharpening makes it slower by
	// seconds, and reads no better.)
	crop := fmt.Sprintf("%dx%d+%d+%d", part.Dx(), part.Dy(), part.Min.X, part.Min.Y)
	d.must("convert", shot, "-crop", crop, "+repage", "-colorspace", "Gray", "-negate", "-filter", "Catrom", "-resize", strconv.Itoa(100*scale)+"%", big)
	table, err := d.output("tesseract", big, "-", "--psm", "11", "-l", "eng", "tsv")
	if err != nil {
		d.t.Fatalf("tesseract: %v", err)
	}
	d.read.screen, d.read.words = now, replaced(d.read.words, part, parseWords(table, part.Min))
	return d.read.words
}

// parseWords reads tesseract's table: level, page, block, paragraph, line, word, left, top, width, height, confidence,
// text. At is where on the screen the picture's corner is.
func parseWords(table string, at image.Point) []Word {
	var words []Word
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if len(cells) != 12 || cells[0] != "5" || strings.TrimSpace(cells[11]) == "" {
			continue
		}
		var box [4]int
		for i := range box {
			box[i], _ = strconv.Atoi(cells[6+i])
			box[i] /= scale
		}
		words = append(words, Word{Text: cells[11], X: at.X + box[0], Y: at.Y + box[1], W: box[2], H: box[3]})
	}
	return words
}

// Text is everything on the screen as one line of words.
func (d *Desktop) Text() string {
	d.t.Helper()
	return text(d.Words())
}

func text(words []Word) string {
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = w.Text
	}
	return strings.Join(texts, " ")
}

// WaitText waits until all those texts are on the screen, ignoring case and spaces, which are not read reliably. A text may go on over
// the lines of a column, as tesseract reads one, or over a whole line of the screen, of which tesseract may see the parts in any order.
func (d *Desktop) WaitText(limit time.Duration, texts ...string) {
	d.t.Helper()
	var words []Word
	defer func() {
		if d.t.Failed() {
			d.t.Logf("it reads: %s", text(words))
		}
	}()
	looks := 0
	d.Eventually(limit, "the screen to say "+strings.Join(texts, ", "), func() bool {
		if looks++; looks%afresh == 0 {
			d.read.screen = nil
		}
		words = d.Words()
		columns, across := letters(text(words)), letters(text(lines(words)))
		return !slices.ContainsFunc(texts, func(one string) bool {
			one = letters(one)
			return !strings.Contains(columns, one) && !strings.Contains(across, one)
		})
	})
}

// letters is a text without case and spaces.
func letters(text string) string {
	return strings.ToLower(strings.Join(strings.Fields(text), ""))
}
