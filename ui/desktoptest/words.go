package desktoptest

import (
	"crypto/sha256"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Word is one word read off the screen, with its place in pixels.
type Word struct {
	Text       string
	X, Y, W, H int
}

// scale is how much the picture is enlarged before it is read: tesseract wants letters about 30 pixels high, the window's
// are 10.
const scale = 3

// Words reads every word on the screen, line by line from the top. Reading takes a second or two; a screen that is as it was
// when it was last read is not read again.
func (d *Desktop) Words() []Word {
	d.t.Helper()
	dir := d.t.TempDir()
	defer func() { _ = os.RemoveAll(dir) }()                                   // a test reads hundreds of screens
	shot, big := filepath.Join(dir, "shot.ppm"), filepath.Join(dir, "big.png") // the first without a date in it
	d.Picture(shot)
	pixels, err := os.ReadFile(shot)
	if err != nil {
		d.t.Fatal(err)
	}
	sum := sha256.Sum256(pixels)
	if sum == d.read.sum {
		return d.read.words
	}
	// Grey and, where the theme is dark, turned over: tesseract reads dark letters on light ground.
	d.must("convert", shot, "-colorspace", "Gray", "-negate", "-resize", strconv.Itoa(100*scale)+"%", "-sharpen", "0x1", big)
	table, err := d.output("tesseract", big, "-", "--psm", "11", "-l", "eng", "tsv")
	if err != nil {
		d.t.Fatalf("tesseract: %v", err)
	}
	d.read.sum, d.read.words = sum, parseWords(table)
	return d.read.words
}

// parseWords reads tesseract's table: level, page, block, paragraph, line, word, left, top, width, height, confidence,
// text.
func parseWords(table string) []Word {
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
		words = append(words, Word{Text: cells[11], X: box[0], Y: box[1], W: box[2], H: box[3]})
	}
	return words
}

// Text is everything on the screen as one line of words.
func (d *Desktop) Text() string {
	d.t.Helper()
	words := d.Words()
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = w.Text
	}
	return strings.Join(texts, " ")
}

// WaitText waits until all those texts are on the screen, ignoring case and spaces, which are not read reliably.
func (d *Desktop) WaitText(limit time.Duration, texts ...string) {
	d.t.Helper()
	d.Eventually(limit, "the screen to say "+strings.Join(texts, ", "), func() bool {
		screen := letters(d.Text())
		for _, text := range texts {
			if !strings.Contains(screen, letters(text)) {
				return false
			}
		}
		return true
	})
}

// letters is a text without case and spaces.
func letters(text string) string {
	return strings.ToLower(strings.Join(strings.Fields(text), ""))
}
