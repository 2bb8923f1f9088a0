-- When each source last delivered, which every page about a person says, without reading all that
-- was ever received.
CREATE INDEX received_at ON received (source, at);
