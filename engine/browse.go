package engine

import (
	"bufio"
	"context"
	"os"
	"path/filepath"

	"github.com/docker/docker/client"

	"berth/engine/agent"
	"berth/engine/fault"
	"berth/engine/sandbox"
	"berth/engine/task"
	"berth/engine/volume"
)

// File is one entry of a folder in a volume. Its name is data: somebody in the sandbox gave it.
type File = volume.File

// Browse lists a folder of one of a sandbox's volumes, "" for its root, folders first. Nothing can be changed this way.
func (e *Engine) Browse(ctx context.Context, name string, role agent.Role, folder string) ([]File, error) {
	cli, err := e.daemon(ctx, "browse "+name)
	if err != nil {
		return nil, err
	}
	found, err := sandbox.Find(ctx, cli, name)
	if err != nil {
		return nil, err
	}
	with, err := e.copier(ctx, cli, found)
	if err != nil {
		return nil, err
	}
	return with.Files(ctx, volume.Name(role, name), folder)
}

// SaveFile writes one file of a sandbox's volume to this computer; a folder becomes a tar. A file that stands there is
// replaced only by a whole one.
func (e *Engine) SaveFile(name string, role agent.Role, file, path string) task.ID {
	title := "Saving " + filepath.Base(file)
	t := e.begin(task.Options{Kind: task.Save, Title: title, Subject: name, Key: "save/" + path}, func(ctx context.Context, t *task.Task) error {
		cli, err := e.daemon(ctx, title)
		if err != nil {
			return err
		}
		return e.saveFile(ctx, cli, t, name, role, file, path)
	})
	e.latest.remember(t.ID(), func() task.ID { return e.SaveFile(name, role, file, path) })
	return t.ID()
}

func (e *Engine) saveFile(ctx context.Context, cli *client.Client, t *task.Task, name string, role agent.Role, file, path string) error {
	found, err := sandbox.Find(ctx, cli, name)
	if err != nil {
		return err
	}
	with, err := e.copier(ctx, cli, found)
	if err != nil {
		return err
	}
	size, err := replaceFile(path, func(out *bufio.Writer) error {
		_, err := with.Save(ctx, volume.Name(role, name), file, out)
		return err
	})
	if err != nil {
		return fault.From("save "+file, err)
	}
	t.Say(sizeText(size) + " in " + path)
	return nil
}

// replaceFile writes a file under another name and gives it its own once it is whole. It tells how large it became.
func replaceFile(path string, write func(*bufio.Writer) error) (size int64, err error) {
	file, err := os.CreateTemp(filepath.Dir(path), ".berth-*")
	if err != nil {
		return 0, err
	}
	defer func() {
		if err != nil {
			_ = file.Close()
			_ = os.Remove(file.Name())
		}
	}()
	out := bufio.NewWriter(file)
	if err = write(out); err != nil {
		return 0, err
	}
	if err = out.Flush(); err != nil {
		return 0, err
	}
	if err = file.Sync(); err != nil {
		return 0, err
	}
	info, err := file.Stat()
	if err != nil {
		return 0, err
	}
	if err = file.Close(); err != nil {
		return 0, err
	}
	return info.Size(), os.Rename(file.Name(), path)
}
