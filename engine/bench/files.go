package main

import (
	"archive/tar"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	engvolume "berth/engine/volume"
)

// body makes the content of many files, the same each time: half of them words, as in source code, half noise, as in packed
// objects. each is given a name and the content, which is only valid until it returns.
func body(bytes int64, files int, each func(name string, content []byte) error) error {
	noise := rand.NewChaCha8([32]byte{7})
	words := strings.Fields("func return if err nil string context package import range type struct interface for switch case defer go chan map")
	pick := rand.New(rand.NewPCG(1, 2))
	content := make([]byte, bytes/int64(files))
	for n := range files {
		_, _ = noise.Read(content) // it never fails
		if n%2 == 0 {
			for at := 0; at < len(content); {
				at += copy(content[at:], words[pick.IntN(len(words))])
				if at < len(content) {
					content[at] = " \n\t"[pick.IntN(3)]
					at++
				}
			}
		}
		if err := each(fmt.Sprintf("dir-%03d/sub-%02d/file-%05d", n/500, n/50%10, n), content); err != nil {
			return err
		}
	}
	return nil
}

// fillVolume puts files into a volume.
func fillVolume(ctx context.Context, with *engvolume.Copier, to string, bytes int64, files int) error {
	r, w := io.Pipe()
	go func() {
		out := tar.NewWriter(w)
		n := int64(0)
		err := body(bytes, files, func(name string, content []byte) error {
			n++
			err := out.WriteHeader(&tar.Header{
				Typeflag: tar.TypeReg, Name: "./" + name, Mode: 0o644, Uid: 1000, Gid: 1000, Size: int64(len(content)), ModTime: time.Unix(1_700_000_000+n, 0),
			})
			if err == nil {
				_, err = out.Write(content)
			}
			return err
		})
		if err == nil {
			err = out.Close()
		}
		w.CloseWithError(err)
	}()
	err := with.Import(ctx, to, r, engvolume.Watch{})
	_ = r.Close()
	return err
}

// fillFolder puts files into a folder.
func fillFolder(dir string, bytes int64, files int) error {
	return body(bytes, files, func(name string, content []byte) error {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		return os.WriteFile(path, content, 0o644)
	})
}
