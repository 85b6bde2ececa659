package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/docker/docker/api/types/volume"
	"github.com/docker/go-units"

	"berth/engine/backup"
	"berth/engine/bench/figure"
	engvolume "berth/engine/volume"
)

const (
	stateRatio = 1.0       // of backup, restore and clone
	maxPeak    = 100 << 20 // bytes of this process, whatever the size

	backupReason  = "a checksum of all that is read, and the file is on the disk at the end; `zstd` leaves it to the system"
	restoreReason = "the whole file is read and checked before anything is touched, 3 s of 2 GiB"
)

// state is backup, restore and clone against tar, zstd and cp in a container.
func state(ctx context.Context, b *bench) (string, []figure.Row, error) {
	bytes, err := units.RAMInBytes(b.Volume)
	if err != nil {
		return "", nil, err
	}
	with, err := engvolume.NewCopier(ctx, b.cli, image)
	if err != nil {
		return "", nil, err
	}
	const from, ours, theirs = "berth-bench-from", "berth-bench-ours", "berth-bench-theirs"
	for _, name := range []string{from, ours, theirs} {
		if _, err := b.cli.VolumeCreate(ctx, volume.CreateOptions{Name: name}); err != nil {
			return "", nil, err
		}
		defer func() { _ = b.cli.VolumeRemove(ctx, name, true) }()
	}
	if err := fillVolume(ctx, with, from, bytes, b.VolumeFiles); err != nil {
		return "", nil, err
	}
	forgetPeak()
	one, other := filepath.Join(b.dir, "ours.berth"), filepath.Join(b.dir, "theirs.tar.zst")
	run := "$docker run --rm --log-driver none -v "
	var rows []figure.Row
	for _, pair := range []struct {
		name, other  string
		excuse       figure.Excuse
		ours, theirs func() error
	}{
		{
			"backup", "`docker run --log-driver none tar c | zstd`",
			figure.Excuse{Until: 1.2, Why: backupReason},
			func() error { return backUp(ctx, with, from, one) },
			func() error { return b.sh(ctx, run+from+":/v:ro "+image+" tar c -C /v . | zstd -q -f -o "+other) },
		},
		{
			"restore", "`zstd -d | docker run tar x`",
			figure.Excuse{Until: 1.2, Why: restoreReason},
			func() error { return restore(ctx, with, one, ours) },
			func() error {
				return b.sh(ctx, run+theirs+":/v "+image+" find /v -mindepth 1 -delete; zstd -dc "+other+" | $docker run --rm -i -v "+theirs+":/v "+image+" tar x -C /v")
			},
		},
		{
			"clone", "`docker run cp -a`",
			figure.Excuse{},
			func() error { return with.Copy(ctx, from, ours, engvolume.Watch{Files: func(int64) {}}) },
			func() error {
				return b.sh(ctx, run+from+":/from:ro -v "+theirs+":/to "+image+" sh -c 'find /to -mindepth 1 -delete; cp -a /from/. /to/'")
			},
		},
	} {
		took, err := figure.Turns(b.Runs, nil, pair.ours, pair.theirs)
		if err != nil {
			return "", nil, fmt.Errorf("%s: %w", pair.name, err)
		}
		rows = append(rows, figure.Against(pair.name+" of a volume", took[0], pair.other, took[1], stateRatio, pair.excuse))
	}
	peak := peakMemory()
	rows = append(rows, figure.Row{
		Measure: "memory of all that, at most", Berth: figure.MiB(peak), Goal: "under " + figure.MiB(maxPeak), Met: figure.Is(peak > 0 && peak < maxPeak),
	})
	return fmt.Sprintf("%d runs; %s in %d files", b.Runs, units.BytesSize(float64(bytes)), b.VolumeFiles), rows, nil
}

// backUp does what a backup in the window does: it measures, then reads.
func backUp(ctx context.Context, with *engvolume.Copier, from, path string) error {
	if _, err := with.Measure(ctx, from); err != nil {
		return err
	}
	w, err := backup.Create(path, time.Now())
	if err != nil {
		return err
	}
	defer w.Discard()
	w.Begin("projects")
	if _, err := with.Export(ctx, from, w, engvolume.Watch{}); err != nil {
		return err
	}
	if err := w.End(backup.Part{}); err != nil {
		return err
	}
	_, err = w.Finish(backup.Manifest{Sandbox: "bench", Spec: json.RawMessage("{}")})
	return err
}

// restore does what a restore in the window does: it reads the whole file and checks it before anything is touched, then reads it
// once more.
func restore(ctx context.Context, with *engvolume.Copier, path, to string) error {
	if _, err := backup.Verify(ctx, path, nil); err != nil {
		return err
	}
	r, err := backup.Open(path)
	if err != nil {
		return err
	}
	defer r.Close()
	return r.Each(ctx, nil, func(_ backup.Part, tape io.Reader) error { return with.Import(ctx, to, tape, engvolume.Watch{}) })
}

// forgetPeak has Linux forget the most memory that this process held, for another part may have held more.
func forgetPeak() { _ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) }

// peakMemory is the most that this process held since, in bytes, as Linux counts it; 0 elsewhere.
func peakMemory() uint64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	return figure.Kibibytes(string(text), "VmHWM")
}
