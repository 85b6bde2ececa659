// Package applog writes the app log: a file that only this user can read, that is turned over before it grows large, and that
// nothing goes into unmasked. What is worth a line is the business of those who log.
package applog

import (
	"log/slog"
	"os"
	"path/filepath"

	"gopkg.in/natefinch/lumberjack.v2"

	"berth/engine/fault"
	"berth/engine/mask"
)

// The bounds of the log: the file that is written to, and the older ones beside it. Months of use fit into the first.
const (
	maxMegabytes = 5
	maxOlder     = 3
)

// Log is the open app log.
type Log struct {
	*slog.Logger
	Path string

	file *lumberjack.Logger
}

// Open opens the log at that path, a line a record, at level Info. The folder becomes this user's alone, also one that an earlier
// Berth made readable: a log tells what somebody works on.
func Open(path string) (*Log, error) { return open(path, maxMegabytes) }

func open(path string, megabytes int) (*Log, error) {
	const op = "open the app log"
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fault.From(op, err)
	}
	if err := os.Chmod(filepath.Dir(path), 0o700); err != nil { //nolint:gosec // a folder is entered by its owner
		return nil, fault.From(op, err)
	}
	// A file that is turned over hands its mode on to the next, so the first one decides.
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600) //nolint:gosec // Berth's own file
	if err != nil {
		return nil, fault.From(op, err)
	}
	err = file.Chmod(0o600)
	if closing := file.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return nil, fault.From(op, err)
	}
	l := &Log{Path: path, file: &lumberjack.Logger{Filename: path, MaxSize: megabytes, MaxBackups: maxOlder}}
	l.Logger = slog.New(slog.NewTextHandler(mask.Writer(l.file), nil))
	return l, nil
}

// Close ends the writing.
func (l *Log) Close() error { return l.file.Close() }
