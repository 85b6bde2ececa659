package volume

import (
	"errors"
	"io"
	"testing"

	"github.com/docker/docker/api/types/container"

	"berth/engine/enginetest"
	"berth/engine/fault"
)

func TestWhatEndsBeforeItIsPausedForACopyIsSaidWithWhatToDo(t *testing.T) {
	cli := enginetest.Shared(t).Client
	name, _ := newVolume(t, cli)
	made, err := cli.ContainerCreate(t.Context(), &container.Config{Image: enginetest.BaseImage, Cmd: []string{"true"}}, nil, nil, nil, enginetest.Name(t))
	if err != nil {
		t.Fatal(err)
	}
	_, err = copierOf(t, cli, enginetest.BaseImage).Export(t.Context(), name, io.Discard, Watch{For: "test", Pause: made.ID})
	var why *fault.Error
	if !errors.As(err, &why) || why.Kind != fault.NotRunning || why.Remedy == "" {
		t.Errorf("it says %#v", err)
	}
}
