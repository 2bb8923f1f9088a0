"""Pages: what people see. Server-rendered, without JavaScript, over the doors of one node."""
