-- Every problem of an import is listed, as many as a file may have rows, and no longer the first thousand alone.

SET LOCAL lock_timeout = '3s';

-- What is there is within the narrower bound, and few: it is looked at again in a moment.
ALTER TABLE desk_import_problem
    DROP CONSTRAINT desk_import_problem_place_check,
    ADD CONSTRAINT desk_import_problem_place_check CHECK (place BETWEEN 1 AND 500000);
