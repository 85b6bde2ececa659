package engine

import (
	"bufio"
	"context"
	"io"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"
	"github.com/docker/docker/pkg/stdcopy"

	"berth/engine/fault"
	"berth/engine/sandbox"
	"berth/engine/task"
)

// SaveLog writes all that the engine kept of a sandbox's log to a file, byte for byte as opencode wrote it. It streams; a
// file that stands there is replaced only by a whole one.
func (e *Engine) SaveLog(name, path string) task.ID {
	title := "Saving the log of " + name
	t := e.begin(task.Options{Kind: task.Save, Title: title, Subject: name, Key: "save/" + path}, func(ctx context.Context, t *task.Task) error {
		cli, err := e.daemon(ctx, title)
		if err != nil {
			return err
		}
		found, err := sandbox.Find(ctx, cli, name)
		if err != nil {
			return err
		}
		if found == nil {
			return fault.New(fault.NotFound, "save the log of "+name, "it has no container")
		}
		n, err := saveLog(ctx, cli, found.ID, found.Inspect.Config.Tty, path)
		if err != nil {
			return fault.From("save the log of "+name, err)
		}
		t.Say(sizeText(n) + " in " + path)
		return nil
	})
	e.latest.remember(t.ID(), func() task.ID { return e.SaveLog(name, path) })
	return t.ID()
}

func saveLog(ctx context.Context, cli *client.Client, id string, tty bool, path string) (n int64, err error) {
	stream, err := cli.ContainerLogs(ctx, id, container.LogsOptions{ShowStdout: true, ShowStderr: true})
	if err != nil {
		return 0, err
	}
	defer func() { _ = stream.Close() }()
	return replaceFile(path, func(out *bufio.Writer) error {
		if tty {
			_, err := io.Copy(out, stream)
			return err
		}
		_, err := stdcopy.StdCopy(out, out, stream)
		return err
	})
}
