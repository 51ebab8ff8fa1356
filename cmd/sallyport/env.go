package main

import "fmt"

type envCommand struct {
	Data string `help:"Data directory of the server." default:"data" type:"path"`
}

// Run prints what `eval` takes: eval "$(sallyport env --data DIR)".
func (c *envCommand) Run(s *streams) error {
	files, err := profileFilesIn(c.Data)
	if err != nil {
		return err
	}
	fmt.Fprint(s.out, files.exports())
	return nil
}
