package applog

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
)

// Tail is the newest lines of a log, at most n of them and at most 64 KiB, oldest first. A log that is not there has none.
func Tail(path string, n int) ([]string, error) {
	const most = 64 << 10
	file, err := os.Open(path) //nolint:gosec // Berth's own file
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	from := max(0, info.Size()-most)
	text, err := io.ReadAll(io.NewSectionReader(file, from, info.Size()-from))
	if err != nil {
		return nil, err
	}
	if from > 0 { // not with half a line
		_, text, _ = bytes.Cut(text, []byte("\n"))
	}
	text = bytes.TrimRight(text, "\n")
	if len(text) == 0 {
		return nil, nil
	}
	lines := strings.Split(string(text), "\n")
	return lines[max(0, len(lines)-n):], nil
}
